"""Understanding and answering: what runs inside the Rasa server. Knows no directory and no ticket system."""
