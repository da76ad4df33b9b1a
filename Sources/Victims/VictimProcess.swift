import Glibc
public import ScytheLinux

/// A real process to be killed, made by the program `scythe-victim`, which ends with all its children as soon as its
/// input ends, whatever state they are in; so it ends with the program that started it, however that ends.
public final class VictimProcess {
  /// The process that is to be killed.
  public let pid: PID
  /// What the victim said of itself beside its number, such as `waiter`, `sharer` or `areas`.
  public let values: [String: String]
  private let starter: pid_t
  private var input: FileDescriptor?
  private let output: FileDescriptor
  private var unread: [UInt8] = []
  private let refusal: String

  /// A victim that cannot be made here, in the words of the program that tried.
  public struct Unavailable: Error, CustomStringConvertible {
    /// Why.
    public let description: String
    /// Whether it says itself that this machine, or the rights of the user, do not allow it.
    public let isRefusal: Bool
  }

  /// Starts a victim and waits until it is ready.
  ///
  /// - Parameters:
  ///   - program: the path of `scythe-victim`, or of a program that starts it.
  ///   - arguments: its options; the header of its `main.c` describes them.
  /// - Throws: `Unavailable`.
  public convenience init(program: String, _ arguments: [String]) throws {
    do throws(Errno) {
      try self.init(starting: program, arguments)
    } catch {
      let words = error.explanation.map { "\($0)" } ?? "error \(error.rawValue)"
      throw Unavailable(description: "cannot start \(program): \(words)", isRefusal: false)
    }
    guard pid.rawValue <= 0 else { return }
    let prefix = "cannot: "
    let isRefusal = refusal.hasPrefix(prefix)
    throw Unavailable(
      description: isRefusal ? String(refusal.dropFirst(prefix.count)) : refusal, isRefusal: isRefusal)
  }

  private init(starting program: String, _ arguments: [String]) throws(Errno) {
    let commands = try PipeEnds()
    let answers = try PipeEnds()
    starter = try VictimProcess.spawn(program, arguments, commands.reading.number, answers.writing.number)
    let commandsEnd = commands.writing
    input = consume commandsEnd
    output = answers.reading
    // The victim must be the only writer, or its end would not be the end of its answers.
    try answers.writing.close()
    let line = VictimProcess.nextLine(output, &unread) ?? "the victim ended without a word"
    let words = line.split(separator: " ").map(String.init)
    let isReady = words.count >= 2 && words[0] == "ready"
    pid = PID(isReady ? Int32(words[1]) ?? 0 : 0)
    refusal = isReady ? "" : line
    var values: [String: String] = [:]
    for word in words.dropFirst(2) {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      if parts.count == 2 { values[parts[0]] = parts[1] }
    }
    self.values = values
  }

  deinit { end() }

  /// Ends the victim and everything that came with it.
  public func end() {
    guard let input = input.take() else { return }
    try? input.close()
    while waitpid(starter, nil, 0) < 0, errno == EINTR {}
  }

  /// A process that the victim named.
  public func pid(_ name: String) -> PID { PID(Int32(values[name] ?? "") ?? 0) }

  /// The address of a region that the victim named: `areas` for the first page of `--areas`, `churn` for the 4 MiB of
  /// `--churn`.
  ///
  /// - Returns: `nil` if it named none.
  public func address(_ name: String) -> UInt64? { values[name].flatMap { UInt64($0, radix: 16) } }

  /// Sends a command of one letter and returns the line that it is answered with.
  public func ask(_ command: Character) -> String {
    tell(command)
    return VictimProcess.nextLine(output, &unread) ?? ""
  }

  /// Sends a command that is not answered.
  public func tell(_ command: Character) {
    let byte: InlineArray<1, UInt8> = [command.asciiValue ?? 0]
    _ = try? input?.write(byte.span)
  }

  // MARK: Plumbing

  private static func spawn(
    _ program: String, _ arguments: [String], _ input: CInt, _ output: CInt
  ) throws(Errno) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
    var words: [UnsafeMutablePointer<CChar>?] = unsafe ([program] + arguments).map { unsafe strdup($0) }
    unsafe words.append(nil)
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    var pid: pid_t = 0
    let error = unsafe posix_spawn(&pid, program, &actions, nil, words, environ)
    if error != 0 { throw Errno(rawValue: error) }
    return pid
  }

  private static func nextLine(_ descriptor: borrowing FileDescriptor, _ unread: inout [UInt8]) -> String? {
    while true {
      if let newline = unread.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: unread[..<newline], as: UTF8.self)
        unread.removeFirst(newline + 1)
        return line
      }
      var buffer: InlineArray<512, UInt8> = InlineArray(repeating: 0)
      var span = buffer.mutableSpan
      guard let count = try? descriptor.read(into: &span), count > 0 else { return nil }
      for index in 0..<count { unread.append(buffer[index]) }
    }
  }
}
