internal import CScytheLinux

/// A counter that wakes whoever waits for it to be readable.
@frozen public struct EventCounter: ~Copyable, Sendable {
  /// For waiting on.
  public let descriptor: FileDescriptor

  /// Makes a counter of zero. The corresponding system call is `eventfd(2)`.
  ///
  /// - Throws: `Errno.tooManyOpenFiles`.
  public init() throws(Errno) {
    descriptor = FileDescriptor(owning: CInt(truncatingIfNeeded: try valueOrErrno(clinux_eventfd())))
  }

  /// Adds one.
  public func signal() {
    var one: UInt64 = 1
    _ = unsafe clinux_write(descriptor.rawValue, &one, 8)
  }

  /// Sets it back to zero.
  public func drain() {
    var count: UInt64 = 0
    _ = unsafe clinux_read(descriptor.rawValue, &count, 8)
  }
}

/// Waits for any of many descriptors. The corresponding calls are those of `epoll(7)`.
@frozen public struct EventQueue: ~Copyable, Sendable {
  let descriptor: FileDescriptor

  /// Makes an empty queue.
  ///
  /// - Throws: `Errno.tooManyOpenFiles`.
  public init() throws(Errno) {
    descriptor = FileDescriptor(owning: CInt(truncatingIfNeeded: try valueOrErrno(clinux_epoll_create())))
  }

  /// Watches a descriptor until it is readable.
  ///
  /// - Throws: what `epoll_ctl(2)` says.
  public func add(_ file: borrowing FileDescriptor, key: UInt64) throws(Errno) {
    _ = try valueOrErrno(clinux_epoll_add(descriptor.rawValue, file.rawValue, key))
  }

  /// Watches an alarm of the kernel: its key comes each time that it fires.
  ///
  /// - Throws: what `epoll_ctl(2)` says.
  public func add(_ trigger: borrowing PressureTrigger, key: UInt64) throws(Errno) {
    _ = try valueOrErrno(clinux_epoll_add_priority(descriptor.rawValue, trigger.descriptor.rawValue, key))
  }

  /// Watches a file of a control group: its key comes once for each time that the kernel says that the file changed.
  ///
  /// - Throws: what `epoll_ctl(2)` says.
  public func add(changesOf file: borrowing FileDescriptor, key: UInt64) throws(Errno) {
    _ = try valueOrErrno(clinux_epoll_add_changes(descriptor.rawValue, file.rawValue, key))
  }

  /// Watches another queue: its key comes once when something has happened there, and again after
  /// ``listenAgain(to:key:)``.
  ///
  /// - Throws: what `epoll_ctl(2)` says.
  public func add(once queue: borrowing EventQueue, key: UInt64) throws(Errno) {
    _ = try valueOrErrno(clinux_epoll_add_once(descriptor.rawValue, queue.descriptor.rawValue, key))
  }

  /// Watches a queue again whose key has come.
  public func listenAgain(to queue: borrowing EventQueue, key: UInt64) {
    _ = clinux_epoll_listen_again(descriptor.rawValue, queue.descriptor.rawValue, key)
  }

  /// Watches a process until it is dead.
  ///
  /// - Throws: what `epoll_ctl(2)` says.
  public func add(_ process: borrowing ProcessDescriptor, key: UInt64) throws(Errno) {
    _ = try valueOrErrno(clinux_epoll_add(descriptor.rawValue, process.rawValue, key))
  }

  /// Watches a descriptor that the caller keeps open itself.
  ///
  /// - Throws: what `epoll_ctl(2)` says.
  package func add(borrowed descriptor: CInt, key: UInt64) throws(Errno) {
    _ = try valueOrErrno(clinux_epoll_add(self.descriptor.rawValue, descriptor, key))
  }

  /// Watches a descriptor of the caller's no longer.
  package func remove(borrowed descriptor: CInt) {
    _ = clinux_epoll_remove(self.descriptor.rawValue, descriptor)
  }

  /// Watches a process no longer.
  public func remove(_ process: borrowing ProcessDescriptor) {
    _ = clinux_epoll_remove(descriptor.rawValue, process.rawValue)
  }

  /// Waits.
  ///
  /// - Parameters:
  ///   - keys: filled from the front.
  ///   - timeoutNanoseconds: negative waits for ever.
  /// - Returns: how many keys were filled; 0 when the time is over or a signal came.
  public func wait(into keys: inout MutableSpan<UInt64>, timeoutNanoseconds: Int64) -> Int {
    let fd = descriptor.rawValue
    let ready = unsafe keys.withUnsafeMutableBufferPointer { raw in
      unsafe clinux_epoll_wait(fd, raw.baseAddress!, raw.count, timeoutNanoseconds)
    }
    return max(0, ready)
  }
}
