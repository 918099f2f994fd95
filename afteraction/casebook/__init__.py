"""The transactional store of tickets, decisions and identities; only here is SQLAlchemy named."""
