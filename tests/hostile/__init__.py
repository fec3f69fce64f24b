"""Bad input from strangers, one table a family: what is given, and the one right outcome of each."""
