"""The only package that runs git: snapshots, the signed log, writes without checkout, the remote.

Its values are commits, trees, blobs and files; it knows no credentials, clock or terminal.
"""
