"""The platform: a company's voices as records, decisions and files, over Django and PostgreSQL."""
