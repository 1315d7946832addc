"""The build number of the SDK surface that this package follows (0.4.2, build 01)."""

SDK_BUILD_NUMBER = "0040201"
