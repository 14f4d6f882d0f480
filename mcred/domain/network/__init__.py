"""Other programmes and issuers: networks and what is read of each programme, and the issuers that one knows."""
