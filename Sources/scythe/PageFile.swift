import Glibc
import Scythe

/// The page on the disk: whole, or as it was before.
enum PageFile {
  /// Writes it beside its place first, and puts it there when it is on the disk.
  ///
  /// - Throws: `Failure` if that cannot be done; nothing has changed then.
  static func write(_ page: [UInt8], to path: String) throws {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    try makeFolder(folder.isEmpty ? "/" : folder, for: path)
    let temporary = "\(path).\(getpid()).new"
    do {
      try put(page, into: temporary)
      guard unsafe rename(temporary, path) == 0 else { throw Errno(rawValue: errno) }
    } catch let error as Errno {
      _ = unsafe unlink(temporary)
      throw failure(path, error)
    }
    // The file is there; that it stays after a power failure is worth an attempt.
    let directory = unsafe open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }

  private static func put(_ page: [UInt8], into path: String) throws(Errno) {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw Errno(rawValue: errno) }
    defer { close(file) }
    // Whatever the umask is: the daemon refuses what others may write, and explain reads it as anybody.
    guard fchmod(file, 0o644) == 0 else { throw Errno(rawValue: errno) }
    let count = unsafe Glibc.write(file, page, page.count)
    guard count == page.count else { throw count < 0 ? Errno(rawValue: errno) : Errno(rawValue: ENOSPC) }
    guard fsync(file) == 0 else { throw Errno(rawValue: errno) }
  }

  private static func makeFolder(_ folder: String, for path: String) throws {
    var made = ""
    for part in folder.split(separator: "/", omittingEmptySubsequences: true) {
      made += (made.isEmpty && !folder.hasPrefix("/") ? "" : "/") + part
      guard unsafe mkdir(made, 0o755) != 0, errno != EEXIST, errno != EROFS else { continue }
      if unsafe access(made, F_OK) != 0 { throw failure(path, Errno(rawValue: errno)) }
    }
  }

  private static func failure(_ path: String, _ error: Errno) -> Failure {
    Failure(
      message: "cannot write the page \(path): \(error.description); name another with --output, or run as root",
      exit: Exit.cannotCreate)
  }
}
