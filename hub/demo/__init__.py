"""The story of `hub demo`: an invented company's quarter on its way to the bookkeeper, by runs of the real parts."""
