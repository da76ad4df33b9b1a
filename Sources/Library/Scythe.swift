// The library's face: one import for the kernel layer, the mechanism and the reaper.
@_exported public import ScytheLinux
@_exported public import ScytheReaper
@_exported public import ScytheReclaim
