import Foundation
import ScytheLinux

/// A process file system of a test's own, for what cannot be had of real processes on demand: thousands of them, their
/// owners, their cgroups.
final class FakeProcesses {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("scythe-test.\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var procfs: Procfs { Procfs(root: PathBuffer(bytes: path.utf8)) }

  struct Shape {
    var name = "job"
    var parent = 1
    var leader: Int?
    var flags = 0
    var startTicks = 1000
    var userID = 1000
    var anonymousKilobytes = 1024
    var swapKilobytes = 0
    var sharedKilobytes = 0
    var adjustment = 0
    var group = "/"
    var executable: String?
    var children = ""
    var isKillPending = false
  }

  func set(_ pid: Int, _ shape: Shape = Shape()) throws {
    let folder = "\(path)/\(pid)"
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: "\(folder)/task/\(pid)", withIntermediateDirectories: true)
    let stat =
      "\(pid) (\(shape.name)) S \(shape.parent) \(pid) \(pid) 0 -1 \(shape.flags) 0 0 0 0 0 0 0 0 20 0 1 0"
      + " \(shape.startTicks) 5599232 231 1\n"
    let status = """
      Name:\t\(shape.name)
      Tgid:\t\(shape.leader ?? pid)
      Uid:\t\(shape.userID)\t\(shape.userID)
      RssAnon:\t\(shape.anonymousKilobytes) kB
      RssFile:\t100 kB
      RssShmem:\t\(shape.sharedKilobytes) kB
      VmSwap:\t\(shape.swapKilobytes) kB
      Threads:\t1
      SigPnd:\t0000000000000000
      ShdPnd:\t0000000000000\(shape.isKillPending ? "1" : "0")00

      """
    try stat.write(toFile: "\(folder)/stat", atomically: false, encoding: .utf8)
    try status.write(toFile: "\(folder)/status", atomically: false, encoding: .utf8)
    try "\(shape.adjustment)\n".write(toFile: "\(folder)/oom_score_adj", atomically: false, encoding: .utf8)
    try "0::\(shape.group)\n".write(toFile: "\(folder)/cgroup", atomically: false, encoding: .utf8)
    try shape.children.write(toFile: "\(folder)/task/\(pid)/children", atomically: false, encoding: .utf8)
    if let executable = shape.executable {
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/exe", withDestinationPath: executable)
    }
  }

  /// Sets the number that was last given to a process.
  func setNewest(_ pid: Int) throws {
    try "0.20 0.18 0.12 1/80 \(pid)\n".write(toFile: "\(path)/loadavg", atomically: false, encoding: .utf8)
  }

  func remove(_ pid: Int) throws { try FileManager.default.removeItem(atPath: "\(path)/\(pid)") }
}
