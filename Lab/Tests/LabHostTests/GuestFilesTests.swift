import Testing

@testable import LabHost

@Suite struct `What a root disk is made of` {
  @Test func `has the same name in every run, or each would make the disk anew`() {
    // As it is written, which the order of a dictionary is not.
    #expect(GuestFiles.all.contains(#"["usr/bin/sh": "busybox", "usr/bin/awk": "busybox", "usr/bin/sed": "busybox""#))
  }
}
