import Glibc

/// Small files, as text.
enum Text {
  /// - Returns: `nil` if it cannot be read.
  static func read(_ path: String) -> String? {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe Glibc.read(file, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
      bytes += buffer[..<count]
    }
  }

  /// - Returns: whether the kernel took it.
  @discardableResult
  static func write(_ text: String, to path: String) -> Bool {
    let file = unsafe open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    let bytes = Array(text.utf8)
    return unsafe Glibc.write(file, bytes, bytes.count) == bytes.count
  }

  /// Makes a file, or replaces all that is in it.
  static func create(_ path: String, _ text: String) {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { return }
    close(file)
    write(text, to: path)
  }

  /// The first line of a file; empty if there is none.
  static func line(_ path: String) -> String {
    read(path)?.split(separator: "\n").first.map(String.init) ?? ""
  }

  /// The number behind a word of a line such as `MemTotal:  123 kB`.
  static func number(_ word: String, in text: String) -> Int? {
    for line in text.split(separator: "\n") where line.hasPrefix(word) {
      return line.dropFirst(word.count).split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }
    }
    return nil
  }
}

/// Folders, and what is mounted on them.
enum Folder {
  static func make(_ path: String) { _ = unsafe mkdir(path, 0o755) }

  /// - Returns: whether it is gone.
  static func remove(_ path: String) -> Bool { unsafe rmdir(path) == 0 || errno == ENOENT }

  /// How many entries it has.
  static func entries(_ path: String) -> Int {
    guard let folder = unsafe opendir(path) else { return -1 }
    defer { unsafe closedir(folder) }
    var count = -2
    while unsafe readdir(folder) != nil { count += 1 }
    return count
  }

  /// - Returns: whether there is no folder in it.
  static func hasNoFolder(_ path: String) -> Bool {
    // A folder that lacks others has two links: its own name, and its own dot.
    var status = stat()
    return unsafe stat(path, &status) != 0 || status.st_nlink <= 2
  }

  /// - Returns: whether the kernel does.
  @discardableResult
  static func mount(_ type: String, on path: String, _ options: String) -> Bool {
    make(path)
    return unsafe Glibc.mount(type, path, type, 0, options) == 0
  }

  /// Mounts a disk, not to be written to.
  ///
  /// - Returns: whether the kernel does.
  static func mount(disk: String, _ type: String, on path: String) -> Bool {
    unsafe Glibc.mount(disk, path, type, UInt(MS_RDONLY), nil) == 0
  }

  static func unmount(_ path: String) { _ = unsafe umount2(path, CInt(MNT_DETACH)) }
}
