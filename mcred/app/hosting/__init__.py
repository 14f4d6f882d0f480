"""Review hosts: shows submissions there, and reads back the reviews."""
