public import Foundation
public import ScytheLinux

/// A real victim, started for one test: the program `scythe-victim`, which ends with all its children as soon as its
/// input ends, whatever state they are in.
public final class VictimProcess {
  /// The process that is to be killed.
  public let pid: PID
  /// What the victim said of itself beside its number, such as `waiter` or `sharer`.
  public let values: [String: String]
  private let starter: Process
  private let input = Pipe()
  private let output = Pipe()
  private var unread = Data()

  /// A kind of victim that this machine cannot make.
  public struct Unavailable: Error, CustomStringConvertible {
    /// The victim's own words.
    public let description: String
  }

  /// Starts a victim and waits until it is ready.
  ///
  /// - Throws: `Unavailable` with the victim's own words.
  public convenience init(_ arguments: String...) throws {
    try self.init(program: BuiltProgram.url("scythe-victim"), arguments)
  }

  /// The same for a list of arguments.
  public init(program: URL = BuiltProgram.url("scythe-victim"), _ arguments: [String]) throws {
    starter = Process()
    starter.executableURL = program
    starter.arguments = arguments
    starter.standardInput = input
    starter.standardOutput = output
    try starter.run()
    var line = VictimProcess.nextLine(output, &unread)
    if line == nil { line = "cannot: the victim ended without a word" }
    let words = line!.split(separator: " ").map(String.init)
    guard words.count >= 2, words[0] == "ready", let number = Int32(words[1]) else {
      starter.waitUntilExit()
      throw Unavailable(description: line!)
    }
    pid = PID(number)
    values = Dictionary(
      uniqueKeysWithValues: words.dropFirst(2).compactMap { word in
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        return parts.count == 2 ? (parts[0], parts[1]) : nil
      })
  }

  deinit { end() }

  /// Ends the victim and everything that came with it.
  public func end() {
    try? input.fileHandleForWriting.close()
    starter.waitUntilExit()
  }

  /// A process that the victim named.
  public func pid(_ name: String) -> PID { PID(Int32(values[name] ?? "") ?? 0) }

  /// Sends a command of one letter and returns the line that it is answered with.
  public func ask(_ command: Character) -> String {
    tell(command)
    return VictimProcess.nextLine(output, &unread) ?? ""
  }

  /// Sends a command that is not answered.
  public func tell(_ command: Character) {
    try? input.fileHandleForWriting.write(contentsOf: Data(String(command).utf8))
  }

  private static func nextLine(_ pipe: Pipe, _ unread: inout Data) -> String? {
    while true {
      if let newline = unread.firstIndex(of: 10) {
        let line = String(decoding: unread[unread.startIndex..<newline], as: UTF8.self)
        unread = Data(unread[(newline + 1)...])
        return line
      }
      let more = pipe.fileHandleForReading.availableData
      if more.isEmpty { return nil }
      unread.append(more)
    }
  }
}
