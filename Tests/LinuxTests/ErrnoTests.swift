import Testing

@testable import ScytheLinux

@Suite struct `An error number` {
  @Test(arguments: [
    (Errno.notPermitted, "EPERM"), (.noSuchFileOrDirectory, "ENOENT"), (.noSuchProcess, "ESRCH"),
    (.interrupted, "EINTR"), (.badFileDescriptor, "EBADF"), (.resourceTemporarilyUnavailable, "EAGAIN"),
    (.noMemory, "ENOMEM"), (.permissionDenied, "EACCES"), (.badAddress, "EFAULT"), (.resourceBusy, "EBUSY"),
    (.fileExists, "EEXIST"), (.noSuchDevice, "ENODEV"), (.notDirectory, "ENOTDIR"), (.invalidArgument, "EINVAL"),
    (.tooManyOpenFiles, "EMFILE"), (.notTerminal, "ENOTTY"), (.readOnlyFileSystem, "EROFS"),
    (.nameTooLong, "ENAMETOOLONG"), (.noFunction, "ENOSYS"), (.directoryNotEmpty, "ENOTEMPTY"),
    (.badMessage, "EBADMSG"), (.notSupported, "EOPNOTSUPP"),
  ])
  func `that has a name is explained with the C name`(error: Errno, name: String) throws {
    let words = try #require(error.explanation)
    #expect("\(words)".hasSuffix("(\(name))"))
  }

  @Test func `without words keeps its number`() {
    #expect(Errno(rawValue: 4095).explanation == nil)
    #expect(Errno(rawValue: 4095).rawValue == 4095)
  }

  @Test func `is the negated result of a call`() throws {
    #expect(throws: Errno.noSuchProcess) { try valueOrErrno(-3) }
    #expect(try valueOrErrno(0) == 0)
    #expect(try valueOrErrno(Int.max) == Int.max)
  }

  @Test func `EINTR is retried only when that is asked for`() throws {
    var calls = 0
    let result = try valueOrErrno(retryOnInterrupt: true) {
      calls += 1
      return calls < 4 ? -4 : 7
    }
    #expect(result == 7)
    #expect(calls == 4)
    #expect(throws: Errno.interrupted) { try valueOrErrno(retryOnInterrupt: false) { -4 } }
  }
}
