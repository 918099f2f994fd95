"""The enforcement hook: standard library only, imports nothing of ours."""
