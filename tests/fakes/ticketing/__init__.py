"""Hosted ticket systems as they are on the wire. Each holds to its vendor's published description, named at its top."""
