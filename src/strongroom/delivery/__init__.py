"""Where secrets meet programs and files: references in variables and templates, masking."""
