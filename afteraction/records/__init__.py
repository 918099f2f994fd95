"""The nouns that cross folder lines: frame schemas and frozen types, one file per noun.

Add a type here when two folders must agree on it; behaviour belongs to the folder that owns it.
"""
