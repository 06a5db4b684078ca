"""What people can prove themselves with: the rules, and authenticators for directories that keep none."""
