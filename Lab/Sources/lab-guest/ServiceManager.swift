import Glibc
import LabCatalog

/// systemd, as a person asks it.
enum ServiceManager {
  static let unit = ServiceUnit.name

  /// What a command ended with, and what it printed.
  typealias Answer = (status: CInt, output: String)

  @discardableResult
  static func control(_ words: String...) -> Answer { Spawn.run("/usr/bin/systemctl", words) }

  /// A property of a unit, as `systemctl show` has it.
  static func property(_ name: String, of unit: String = unit) -> String {
    control("show", "--value", "-p", name, unit).output.split(separator: "\n").first.map(String.init) ?? ""
  }

  /// The process of the daemon; 0 if there is none.
  static var daemon: pid_t { pid_t(property("MainPID")) ?? 0 }

  static func isActive(_ unit: String = unit) -> Bool { control("is-active", "-q", unit).status == 0 }

  /// Starts the daemon anew, and counts its restarts from 0.
  static func startAnew() -> Answer {
    control("stop", unit)
    control("reset-failed", unit)
    return control("start", unit)
  }

  /// Has lines added to the unit, or takes them away again.
  ///
  /// - Parameter lines: below `[Service]`; `nil` to take away.
  static func change(_ lines: String?) {
    let folder = "/etc/systemd/system/\(unit).d"
    Folder.make(folder)
    let file = "\(folder)/lab.conf"
    if let lines { Text.create(file, "[Service]\n\(lines)\n") } else { _ = unsafe unlink(file) }
    control("daemon-reload")
  }

  /// Writes the daemon's configuration, or takes it away again.
  static func writeConfiguration(_ text: String?) {
    Folder.make("/etc/scythe")
    let file = "/etc/scythe/scythe.toml"
    if let text { Text.create(file, text) } else { _ = unsafe unlink(file) }
  }

  /// The same, and has it taken over.
  @discardableResult
  static func configure(_ text: String?) -> Answer {
    writeConfiguration(text)
    return control("reload", unit)
  }
}

/// What the journal has of the daemon.
final class ServiceJournal {
  /// All lines that were read, each with its priority and who wrote it: `4 scythed: killed 12 (hog)`.
  private(set) var lines: [String] = []
  private let cursor = "/run/lab-cursor"

  /// How many lines there are by now: what is looked for later comes behind them.
  var mark: Int {
    // What somebody has written is not in the journal at once.
    _ = Spawn.run("/usr/bin/journalctl", ["--sync"])
    read()
    return lines.count
  }

  /// Takes in what has come since.
  func read() {
    // Its own file of where it was; without one it begins at the beginning.
    let words =
      ["-u", ServiceManager.unit, "-o", "json", "--no-pager", "-q", "--cursor-file=\(cursor)"]
      + ["--output-fields=PRIORITY,SYSLOG_IDENTIFIER,MESSAGE"]
    for line in Spawn.run("/usr/bin/journalctl", words).output.split(separator: "\n") where line.hasPrefix("{") {
      let priority = JSONText.text("PRIORITY", in: line) ?? "?"
      lines.append(
        "\(priority) \(JSONText.text("SYSLOG_IDENTIFIER", in: line) ?? "?"): \(JSONText.text("MESSAGE", in: line) ?? "")"
      )
    }
  }

  /// The lines of faults from a place on. Where the host has something else to do, a guest's processor stands still, and
  /// whoever runs on it is late: that is no fault of the daemon.
  func errors(after mark: Int) -> [String] {
    lines.dropFirst(mark).filter {
      ("0"..."3").contains($0.prefix(1)) && !$0.contains("the loop has not finished a turn")
    }
  }

  /// The first line from a place on that has a text in it, waited for.
  ///
  /// - Parameters:
  ///   - text: what it has in it.
  ///   - mark: how many lines there were before.
  func line(with text: String, after mark: Int, seconds: Int = 10) -> String? {
    var found: String?
    _ = ServiceTrial.wait(seconds: seconds) {
      read()
      found = lines.dropFirst(mark).first { $0.contains(text) }
      return found != nil
    }
    return found
  }
}

/// Values of JSON that is known: no nesting is looked at.
enum JSONText {
  /// The text behind the first such key; what is escaped in it stays so.
  static func text(_ key: String, in json: some StringProtocol) -> String? {
    let json = String(json)
    guard let place = json.firstRange(of: "\"\(key)\":\"") else { return nil }
    var result = ""
    var isEscaped = false
    for character in json[place.upperBound...] {
      if !isEscaped, character == "\"" { return result }
      isEscaped = !isEscaped && character == "\\"
      if !isEscaped { result.append(character) }
    }
    return nil
  }

  /// The number behind the first such key.
  static func number(_ key: String, in json: some StringProtocol) -> Int? {
    let json = String(json)
    guard let place = json.firstRange(of: "\"\(key)\":") else { return nil }
    return Int(json[place.upperBound...].prefix { $0.isNumber || $0 == "-" })
  }

  /// The numbers behind all such keys.
  static func numbers(_ key: String, in json: String) -> [Int] {
    json.ranges(of: "\"\(key)\":").compactMap { place in Int(json[place.upperBound...].prefix(while: \.isNumber)) }
  }
}
