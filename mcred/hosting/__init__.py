"""Review hosts (GitHub, GitLab, Gitea): showing submissions as pull requests with reviews."""
