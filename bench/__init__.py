"""What the pages cost, measured against the floor of the same run. Not part of the product."""
