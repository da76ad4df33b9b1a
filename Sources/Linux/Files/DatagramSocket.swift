internal import CScytheLinux

/// An owned datagram socket that is connected to an address of this machine. The corresponding manual page is `unix(7)`.
package struct DatagramSocket: ~Copyable, Sendable {
  private let descriptor: FileDescriptor

  /// Connects to whoever listens there.
  ///
  /// - Parameter address: a path, or `@` and the name of an abstract address.
  /// - Throws: `Errno.nameTooLong` for more than 107 bytes; an errno of 97 (`EAFNOSUPPORT`) for an address of another kind;
  ///   what `socket(2)` and `connect(2)` say.
  package init(connectedTo address: borrowing PathBuffer) throws(Errno) {
    let number = try unsafe address.withCString { (text) throws(Errno) in
      try valueOrErrno(unsafe clinux_connect_datagram(text))
    }
    descriptor = FileDescriptor(owning: CInt(truncatingIfNeeded: number))
  }

  /// Sends one datagram if there is room for it. Never waits, and raises no signal.
  ///
  /// - Throws: `Errno.resourceTemporarilyUnavailable` if there is no room; what else `send(2)` says.
  package func send(_ text: borrowing PathBuffer) throws(Errno) {
    let number = descriptor.rawValue
    try text.withBytes { (bytes) throws(Errno) in
      try unsafe bytes.withUnsafeBufferPointer { (raw) throws(Errno) in
        guard let base = raw.baseAddress else { return }
        _ = try valueOrErrno(unsafe clinux_send_at_once(number, base, raw.count))
      }
    }
  }
}
