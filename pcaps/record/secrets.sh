# The made-up passwords of these recordings; SECRETS lists every one of them.

ALICE_PASSWORD=Wonder-Land-7
BOB_PASSWORD=Build-It-Well-9
WRONG_PASSWORD=Red-Queen-Wrong-3
