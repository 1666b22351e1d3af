"""What people read: the verdict, the figures and the words in them. Reports read tables only."""
