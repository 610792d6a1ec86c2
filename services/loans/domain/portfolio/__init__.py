"""Reading a portfolio as operators have it: two spreadsheets exported as CSV, in bytes.

Pure: bytes become lines, lines become loans and repayments, and what cannot be taken becomes a finding.
"""
