import Foundation
public import ScytheLinux

/// A victim that a shell starts as a member of a group: memory stays charged to the group in which it was first touched.
public final class VictimInside {
  /// Its number.
  public let pid: PID
  private let starter = Process()
  private let input = Pipe()

  /// Starts it with arguments of `scythe-victim`, and waits until it is ready.
  public init(_ group: TestControlGroup, _ arguments: String...) throws {
    starter.executableURL = URL(fileURLWithPath: "/bin/sh")
    let join = "echo $$ > \(group.path)/cgroup.procs && exec \"$0\" \"$@\""
    starter.arguments = ["-c", join, BuiltProgram.url("scythe-victim").path] + arguments
    let output = Pipe()
    starter.standardInput = input
    starter.standardOutput = output
    try starter.run()
    let words = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).split(separator: " ")
    guard words.count >= 2, words[0] == "ready", let number = Int32(words[1]) else {
      try? input.fileHandleForWriting.close()
      starter.waitUntilExit()
      throw TestControlGroup.Unavailable(description: words.joined(separator: " "))
    }
    pid = PID(number)
  }

  deinit { end() }

  /// Ends it, and waits for that.
  public func end() {
    try? input.fileHandleForWriting.close()
    starter.waitUntilExit()
  }
}
