/// The process file system, or a tree that looks like it: every reader below works on the root that it is given.
public struct Procfs: Sendable {
  private let root: PathBuffer

  /// The system's own `/proc`.
  public init() { root = PathBuffer("/proc") }

  /// Another tree.
  public init(root: PathBuffer) { self.root = root }

  /// The path of a file below the root.
  public func path(_ name: StaticString) -> PathBuffer {
    var path = root
    path.append(byte: UInt8(ascii: "/"))
    path.append(name)
    return path
  }

  /// The path of a file of one process.
  public func path(of pid: PID, _ name: StaticString) -> PathBuffer {
    var path = path("")
    path.append(decimal: pid.rawValue)
    path.append(byte: UInt8(ascii: "/"))
    path.append(name)
    return path
  }

  /// Opens a file of one process.
  ///
  /// - Throws: `Errno.noSuchProcess` if there is no such process, or no such file of it; else what `open(2)` says.
  public func open(_ name: StaticString, of pid: PID, _ mode: OpenMode = .read) throws(Errno) -> FileDescriptor {
    do throws(Errno) {
      return try FileDescriptor(path(of: pid, name), mode)
    } catch {
      throw error == .noSuchFileOrDirectory ? .noSuchProcess : error
    }
  }

  /// Goes through all processes, in the order in which the kernel lists them.
  ///
  /// - Parameter body: returns `false` to end the walk.
  /// - Throws: what `open(2)` and `getdents64(2)` say.
  public func forEachProcess(_ body: (PID) throws(Errno) -> Bool) throws(Errno) {
    let directory = try FileDescriptor(root, .directory)
    try directory.forEachPID(body)
  }

  /// Goes through the threads of a process.
  ///
  /// - Parameters:
  ///   - pid: the process.
  ///   - body: returns `false` to end the walk.
  /// - Throws: `Errno.noSuchProcess` if it is gone.
  public func forEachThread(of pid: PID, _ body: (PID) throws(Errno) -> Bool) throws(Errno) {
    let directory = try open("task", of: pid, .directory)
    do throws(Errno) {
      try directory.forEachPID(body)
    } catch {
      throw error == .noSuchFileOrDirectory ? .noSuchProcess : error
    }
  }
}

extension Procfs {
  /// Whether a process has children that its first thread made: `/proc/PID/task/PID/children`, Linux 3.5.
  ///
  /// - Returns: `nil` in a kernel without `CONFIG_PROC_CHILDREN`.
  /// - Throws: `Errno.noSuchProcess` if the process is gone.
  public func hasChildren(_ pid: PID) throws(Errno) -> Bool? {
    var children = path(of: pid, "task/")
    children.append(decimal: pid.rawValue)
    children.append("/children")
    let file: FileDescriptor
    do throws(Errno) {
      file = try FileDescriptor(children, .read)
    } catch {
      guard error == .noSuchFileOrDirectory else { throw error }
      // The process is gone, or no process has such a file.
      try open("task", of: pid, .directory).close()
      return nil
    }
    return try withContents(of: file) { (text) throws(Errno) in text.count > 0 }
  }
}

extension FileDescriptor {
  fileprivate func forEachPID(_ body: (PID) throws(Errno) -> Bool) throws(Errno) {
    try forEachEntry { (name, _) throws(Errno) in
      var position = 0
      guard name.count > 0, name[0] != UInt8(ascii: " "), let number = name.decimal(&position), position == name.count,
        let pid = Int32(exactly: number), pid > 0
      else { return true }
      return try body(PID(pid))
    }
  }
}
