import Foundation
import ScytheLinux
import Testing

@Suite struct `The rights to a file` {
  private func rights(_ path: String) throws -> FileRights {
    try FileDescriptor(PathBuffer(bytes: path.utf8), .readAtOnce).rights()
  }

  @Test func `are those of the file that is open`() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("scythe-test.\(UUID().uuidString)").path
    try Data().write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    unsafe chmod(path, 0o640)
    let rights = try rights(path)
    #expect(rights.isPlainFile && rights.mode & 0o7777 == 0o640 && rights.userID == geteuid())
    #expect(try !self.rights("/tmp").isPlainFile && !self.rights("/dev/null").isPlainFile)
  }

  @Test(.timeLimit(.minutes(1))) func `are asked of a pipe without a wait for its writer`() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("scythe-test.\(UUID().uuidString)").path
    unsafe mkfifo(path, 0o600)
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try !rights(path).isPlainFile)
  }

  @Test(arguments: [
    (0, 0, 0o644, true), (0, 0, 0o664, true), (0, 5, 0o644, true), (0, 5, 0o664, false), (0, 0, 0o646, false),
    (7, 0, 0o644, false),
  ])
  func `are root's alone if nobody else may write`(user: UInt32, group: UInt32, mode: UInt32, isRoots: Bool) {
    var rights = FileRights()
    rights.userID = user
    rights.groupID = group
    rights.mode = mode
    #expect(rights.isRootsAlone == isRoots)
  }
}
