/// The file system of devices and kernel objects, or a tree that looks like it.
public struct Sysfs: Sendable {
  private let root: PathBuffer

  /// The system's own `/sys`.
  public init() { root = PathBuffer("/sys") }

  /// Another tree.
  public init(root: PathBuffer) { self.root = root }

  /// The path of a file below the root.
  public func path(_ name: StaticString) -> PathBuffer {
    var path = root
    path.append(byte: UInt8(ascii: "/"))
    path.append(name)
    return path
  }
}
