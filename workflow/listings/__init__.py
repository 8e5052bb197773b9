"""Lists: columns, filters, order and key declared once; page, API list and export come from it."""
