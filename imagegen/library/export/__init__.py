"""A batch's pictures under readable names in a folder: names, HTML, index and page; what lies there is not spoilt."""
