import Foundation
public import ScytheLinux
import Synchronization
internal import TestCalls

/// A control group made for one test, below the group that the tests run in; removed at the latest when the object
/// goes.
///
/// A member that is frozen must be let go before whoever waits for its death waits, so a test defers `remove()` after
/// it has deferred the end of its victims.
public final class TestControlGroup {
  /// Its directory.
  public let path: String
  /// The hierarchy that it is in.
  public let hierarchy: ControlGroupHierarchy
  private let home: String
  private var isRemoved = false
  private static let serial = Atomic<Int>(0)

  /// A group that this machine cannot make, or cannot put into the state that was asked for.
  public struct Unavailable: Error, CustomStringConvertible {
    /// What could not be done, and why.
    public let description: String

    /// Makes an error with these words.
    public init(description: String) { self.description = description }
  }

  /// Makes a group `scythe-test.PID.N` below the group that the tests run in.
  ///
  /// - Throws: `Unavailable` if the hierarchy is not mounted or takes no group.
  public convenience init(_ hierarchy: ControlGroupHierarchy) throws {
    guard let home = TestControlGroup.home(in: hierarchy) else {
      throw Unavailable(description: "the \(hierarchy) hierarchy of control groups is not mounted")
    }
    try self.init(hierarchy, below: home, home: home)
  }

  /// Makes a group below another one; it has to be removed first.
  public convenience init(in parent: TestControlGroup) throws {
    try self.init(parent.hierarchy, below: parent.path, home: parent.home)
  }

  private init(_ hierarchy: ControlGroupHierarchy, below parent: String, home: String) throws {
    let number = TestControlGroup.serial.add(1, ordering: .relaxed).newValue
    path = "\(parent)/scythe-test.\(ProcessInfo.processInfo.processIdentifier).\(number)"
    self.hierarchy = hierarchy
    self.home = home
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    } catch {
      isRemoved = true
      throw Unavailable(description: "no group can be made at \(path): \(error.localizedDescription)")
    }
  }

  deinit { remove() }

  /// Whether groups of a hierarchy can be made here.
  public static func isAvailable(_ hierarchy: ControlGroupHierarchy) -> Bool {
    guard let home = home(in: hierarchy) else { return false }
    return FileManager.default.isWritableFile(atPath: "\(home)/cgroup.procs")
  }

  /// The directory of the group that the tests run in.
  public static func home(in hierarchy: ControlGroupHierarchy) -> String? {
    guard let path = try? Procfs().controlGroupPath(of: .current, in: hierarchy) else { return nil }
    return String(path)
  }

  /// Opens the group.
  public func open() throws(Errno) -> ControlGroup { try ControlGroup(path: PathBuffer(bytes: path.utf8)) }

  /// Moves a process into the group.
  public func add(_ pid: PID) throws { try write("\(pid.rawValue)", to: "cgroup.procs") }

  /// The members as the kernel lists them; none once the group is removed.
  public var members: [PID] {
    (read("cgroup.procs") ?? "").split(separator: "\n").compactMap { Int32($0) }.map { PID($0) }
  }

  /// Stops all members and waits until they are stopped, 5 s at most.
  public func freeze() throws { try setFrozen(true) }

  /// Lets them run again.
  public func thaw() throws { try setFrozen(false) }

  /// Writes to one of the group's files.
  public func write(_ text: String, to file: String) throws {
    do {
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(path)/\(file)"))
      try handle.write(contentsOf: Data(text.utf8))
      try handle.close()
    } catch {
      throw Unavailable(description: "\(path)/\(file) does not take \(text): \(error.localizedDescription)")
    }
  }

  /// Gives the group's directory an extended attribute.
  public func mark(_ name: String, _ value: String = "1") throws {
    let error = unsafe testcalls_set_attribute(path, name, value, value.utf8.count)
    guard error == 0 else {
      throw Unavailable(description: "\(path) takes no attribute \(name): \(Errno(rawValue: error))")
    }
  }

  /// Thaws the group, moves its members back to the group that the tests run in, and removes it.
  public func remove() {
    if isRemoved { return }
    isRemoved = true
    try? thaw()
    // Members on their way out keep a group busy for a moment.
    for _ in 0..<500 {
      if unsafe rmdir(path) == 0 || errno == ENOENT { return }
      for pid in members {
        guard let handle = FileHandle(forWritingAtPath: "\(home)/cgroup.procs") else { continue }
        try? handle.write(contentsOf: Data("\(pid.rawValue)".utf8))
        try? handle.close()
      }
      usleep(10_000)
    }
  }

  private func setFrozen(_ isFrozen: Bool) throws {
    let expected: String
    switch hierarchy {
    case .unified:
      expected = "frozen \(isFrozen ? 1 : 0)\n"
      try write(isFrozen ? "1" : "0", to: "cgroup.freeze")
    case .freezer:
      expected = isFrozen ? "FROZEN\n" : "THAWED\n"
      try write(isFrozen ? "FROZEN" : "THAWED", to: "freezer.state")
    case .memory, .cpu:
      throw Unavailable(description: "the \(hierarchy) hierarchy freezes nobody")
    }
    for _ in 0..<500 {
      let state = read(hierarchy == .unified ? "cgroup.events" : "freezer.state") ?? ""
      if state.contains(expected) { return }
      usleep(10_000)
    }
    throw Unavailable(description: "\(path) did not get \(isFrozen ? "frozen" : "thawed") within 5 s")
  }

  private func read(_ file: String) -> String? {
    guard let data = FileManager.default.contents(atPath: "\(path)/\(file)") else { return nil }
    return String(decoding: data, as: UTF8.self)
  }
}

extension String {
  /// The text of a path.
  public init(_ path: PathBuffer) {
    self = path.withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
  }
}
