"""What programs see: the API, its pages of lists, its refusals, its documentation."""
