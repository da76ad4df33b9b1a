import FoundationEssentials
import Glibc

/// A file of the configuration.
struct ConfigFile {
  let path: String
  let text: String
}

/// Where the configuration is, and how it is read.
enum ConfigFiles {
  /// More than anybody writes by hand; a device would have no end.
  private static let mostBytes = 1 << 20

  /// The file that is meant where none is named.
  ///
  /// - Throws: `Failure` for a user without a home directory.
  static func standardPath() throws -> String {
    if geteuid() == 0 { return "/etc/scythe/scythe.toml" }
    guard let folder = userFolder("XDG_CONFIG_HOME", below: ".config") else {
      throw Failure.usage("cannot find the configuration: neither XDG_CONFIG_HOME nor HOME is set; name a FILE")
    }
    return "\(folder)/scythe/scythe.toml"
  }

  /// A folder of the XDG base directories.
  private static func userFolder(_ variable: String, below home: String) -> String? {
    func value(_ name: String) -> String? {
      guard let value = unsafe getenv(name) else { return nil }
      let text = unsafe String(cString: value)
      // The specification has relative ones ignored.
      return text.hasPrefix("/") ? text : nil
    }
    return value(variable) ?? value("HOME").map { "\($0)/\(home)" }
  }

  /// Reads a configuration and what is dropped in beside it: `FILE.d/*.toml`, in the order of their names.
  ///
  /// - Parameter isOptional: whether the file itself need not be there.
  static func read(_ path: String, isOptional: Bool) -> (files: [ConfigFile], faults: [ConfigFault]) {
    var files: [ConfigFile] = []
    var faults: [ConfigFault] = []
    for (path, isOptional) in [(path, isOptional)] + dropIns(of: path, &faults).map({ ($0, false) }) {
      do throws(Unreadable) {
        files.append(ConfigFile(path: path, text: try text(of: path)))
      } catch {
        if isOptional, error.isMissing { continue }
        faults.append(ConfigFault(file: path, line: 0, key: "", problem: error.problem))
      }
    }
    return (files, faults)
  }

  private static func dropIns(of path: String, _ faults: inout [ConfigFault]) -> [String] {
    let folder = "\(path).d"
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    do {
      if let problem = foreignRights(try status(of: folder)) { throw Unreadable(problem: problem) }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      return names.filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }.sorted().map { "\(folder)/\($0)" }
    } catch {
      let problem = (error as? Unreadable)?.problem ?? "its entries cannot be listed; make it readable"
      faults.append(ConfigFault(file: folder, line: 0, key: "", problem: problem))
      return []
    }
  }

  private struct Unreadable: Error {
    var isMissing = false
    let problem: String
  }

  private static func status(of path: String) throws(Unreadable) -> stat {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw unreadable() }
    return status
  }

  private static func unreadable() -> Unreadable {
    switch errno {
    case ENOENT, ENOTDIR:
      Unreadable(isMissing: true, problem: "there is no such file; 'scythe config default' prints one to begin with")
    case EACCES: Unreadable(problem: "it may not be read (EACCES); make it readable, or run as its owner")
    case let number: unsafe Unreadable(problem: "it cannot be read: \(String(cString: strerror(number))); name a file")
    }
  }

  /// What is wrong with the rights to a file where root would follow what somebody else can write.
  private static func foreignRights(_ status: stat) -> String? {
    guard geteuid() == 0 else { return nil }
    if status.st_uid != 0 {
      return "it belongs to user \(status.st_uid), and root would follow it; 'chown root' it"
    }
    let isGroupWritable = status.st_mode & S_IWGRP != 0 && status.st_gid != 0
    if isGroupWritable || status.st_mode & S_IWOTH != 0 {
      return "others may write it, and root would follow it; 'chmod go-w' it"
    }
    return nil
  }

  private static func text(of path: String) throws(Unreadable) -> String {
    // A pipe would wait for a writer.
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw unreadable() }
    defer { close(file) }
    var status = stat()
    guard unsafe fstat(file, &status) == 0 else { throw unreadable() }
    guard status.st_mode & S_IFMT == S_IFREG else { throw Unreadable(problem: "it is no file; name one") }
    if let problem = foreignRights(status) { throw Unreadable(problem: problem) }
    guard status.st_size <= mostBytes else {
      throw Unreadable(problem: "it is larger than 1 MiB, and no configuration; name another")
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while bytes.count <= mostBytes {
      let count = unsafe Glibc.read(file, &buffer, buffer.count)
      if count < 0 { throw unreadable() }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes.removeFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Unreadable(problem: "it is no text in UTF-8; save it as one")
    }
    return text
  }
}
