"""The portal's forms: how a field is drawn, and one module for each subject asked about."""
