import Foundation
import Scythe

/// Programs that are started by the benchmarks.
enum Subprocess {
  /// Runs a program to its end. Its input is a pipe that ends when this program does, however it does.
  ///
  /// - Throws: `SampleFailure` unless it exits with 0.
  static func output(of program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try input.fileHandleForWriting.close()
    guard process.terminationStatus == 0 else {
      throw SampleFailure(description: "\(program) exited with \(process.terminationStatus)")
    }
    return text
  }

  /// Starts a program that kills a process, and measures from just before until that one is dead.
  ///
  /// - Returns: nanoseconds.
  /// - Throws: `SampleFailure` unless the process is dead within ten seconds, and the program exits with 0.
  static func nanosecondsUntilDeath(of pid: PID, by program: String, _ arguments: [String]) throws -> Int64 {
    let victim = try ProcessDescriptor(pid)
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    var words: [UnsafeMutablePointer<CChar>?] = unsafe ([program] + arguments).map { unsafe strdup($0) }
    unsafe words.append(nil)
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    var child: pid_t = 0
    let begun = MonotonicClock.nowNanoseconds
    let error = unsafe posix_spawn(&child, program, &actions, nil, words, environ)
    guard error == 0 else { throw SampleFailure(description: "cannot start \(program): error \(error)") }
    let isDead = try victim.waitForExit(timeoutMilliseconds: 10_000)
    let ended = MonotonicClock.nowNanoseconds
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
    guard isDead, status == 0 else {
      throw SampleFailure(description: "\(program): status \(status), victim \(isDead ? "dead" : "alive")")
    }
    return ended - begun
  }
}
