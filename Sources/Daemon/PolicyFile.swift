public import ScytheLinux
public import ScythePolicy
import ScytheTelemetry

/// Why the policy of a file is not taken.
@frozen public enum PolicyFileError: Error, Equatable, Sendable, BitwiseCopyable {
  /// It cannot be read.
  case unreadable(Errno)
  /// It is a folder, a pipe or a device.
  case noFile
  /// Somebody besides root may write it, and root would follow that.
  case foreign
  /// It holds no page that could be used.
  case page(PolicyPageError)

  /// Whether there is no such file for this user: also in a home that is somebody else's, as after `setpriv`.
  package var isAbsence: Bool {
    self == .unreadable(.noSuchFileOrDirectory) || self == .unreadable(.permissionDenied)
  }
}

/// The file in which the page of the configuration lies.
public enum PolicyFile {
  /// Where it is unless another is named: `/var/lib/scythe/policy.page`; for a user without root
  /// `$XDG_STATE_HOME/scythe/policy.page`, which is below `~/.local/state` by default.
  ///
  /// - Returns: `nil` for a user without a home directory.
  public static func standardPath() -> PathBuffer? {
    guard var path = TelemetryFolders.own().state else { return nil }
    path.append("/policy.page")
    return path
  }

  /// Reads what should be a page.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - buffer: gets the bytes. One byte more than a page may have shows that there are too many.
  /// - Returns: how many there are.
  /// - Throws: `PolicyFileError`; what is in the buffer then is to be forgotten.
  static func read(
    _ path: borrowing PathBuffer, into buffer: inout MutableSpan<UInt8>
  ) throws(PolicyFileError) -> Int {
    let file = try open(path)
    let rights: FileRights
    do throws(Errno) { rights = try file.rights() } catch { throw .unreadable(error) }
    guard rights.isPlainFile else { throw .noFile }
    if Procfs().callerIsRoot, !rights.isRootsAlone { throw .foreign }
    var count = 0
    while count < buffer.count {
      let more: Int
      do throws(Errno) {
        more = try file.read(into: &buffer, from: count, at: Int64(count))
      } catch {
        throw .unreadable(error)
      }
      if more == 0 { break }
      count += more
    }
    return count
  }

  private static func open(_ path: borrowing PathBuffer) throws(PolicyFileError) -> FileDescriptor {
    do throws(Errno) { return try FileDescriptor(path, .readAtOnce) } catch { throw .unreadable(error) }
  }
}
