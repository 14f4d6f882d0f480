"""The rules: who may assess, who is asked, what the levels add up to. No files, no git."""
