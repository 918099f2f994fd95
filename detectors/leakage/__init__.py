"""Rules that find secrets, personal data and risky destinations."""
