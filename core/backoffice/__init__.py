"""The screens at `/admin/`, for every app alike; the one room that knows unfold's insides."""
