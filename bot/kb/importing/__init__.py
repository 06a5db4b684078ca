"""Pages of another knowledge base -> article files: read (sources), converted (convert), named and written (draft_files).

Needs the packages of requirements/import.in.
"""
