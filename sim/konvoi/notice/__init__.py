"""The notice to the police, and the rules of the campaign."""
