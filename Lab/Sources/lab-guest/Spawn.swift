import Glibc

/// Starts programs.
enum Spawn {
  /// - Parameters:
  ///   - program: its path.
  ///   - arguments: those after its own name.
  ///   - output: a descriptor for what it prints; `nil` for the console.
  /// - Returns: `nil` if it cannot be started.
  static func start(_ program: String, _ arguments: [String], output: CInt? = nil) -> pid_t? {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    if let output {
      unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
      unsafe posix_spawn_file_actions_adddup2(&actions, output, 2)
    }
    var words: [UnsafeMutablePointer<CChar>?] = unsafe ([program] + arguments).map { unsafe strdup($0) }
    unsafe words.append(nil)
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    // The instrument's real-time class is its own.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var parameters = sched_param()
    unsafe posix_spawnattr_setschedparam(&attributes, &parameters)
    unsafe posix_spawnattr_setschedpolicy(&attributes, SCHED_OTHER)
    unsafe posix_spawnattr_setflags(&attributes, CShort(POSIX_SPAWN_SETSCHEDULER))
    var pid: pid_t = 0
    return unsafe posix_spawn(&pid, program, &actions, &attributes, words, environ) == 0 ? pid : nil
  }

  /// Runs a program to its end.
  ///
  /// - Returns: its exit status, and what it printed.
  static func run(_ program: String, _ arguments: [String]) -> (status: CInt, output: String) {
    guard let pipe = try? OutputPipe() else { return (-1, "") }
    let pid = start(program, arguments, output: pipe.end)
    pipe.closeWriting()
    guard let pid else { return (-1, "\(program) cannot be started") }
    let output = pipe.text(toEnd: true)
    var status: CInt = 0
    while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return (status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f, output)
  }
}
