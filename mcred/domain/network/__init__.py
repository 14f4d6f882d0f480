"""Other programmes and issuers: networks, what is read of each programme, and the issuers that one knows."""
