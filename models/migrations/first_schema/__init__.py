"""The tables of revision 0001, by what they are about."""
