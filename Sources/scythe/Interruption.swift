import Glibc
import Scythe

extension InterruptionSignals {
  /// The same, or one clear line.
  static func open() throws -> InterruptionSignals {
    do throws(Errno) { return try InterruptionSignals() } catch { throw Failure(.kernel(error), controlGroups: []) }
  }

  /// Whether one has come on a descriptor that the caller keeps open.
  static func isPending(on descriptor: CInt) -> Bool {
    var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&source, 1, 0) > 0
  }
}
