// SPDX-License-Identifier: GPL-2.0

internal import CScythePolicy

extension scythe_area {
  private func has(_ fact: UInt32) -> Bool { facts & fact != 0 }

  /// Whether a walk over a range releases it: what the kernel's own reaper takes, and locked memory if asked for.
  func isReleased(lockedToo: Bool) -> Bool {
    isReleasable(lockedToo: lockedToo) && (has(SCYTHE_AREA_ANONYMOUS) || !has(SCYTHE_AREA_SHARED))
  }

  /// Whether it can be released at all.
  ///
  /// A vector names addresses, so it reaches shared mappings too, as in the patch set: they are unmapped, their content
  /// stays with the object.
  func isReleasable(lockedToo: Bool) -> Bool {
    !has(SCYTHE_AREA_HUGETLB | SCYTHE_AREA_PFNMAP) && (lockedToo || !has(SCYTHE_AREA_LOCKED))
  }

  /// Whether advice other than release may fit it.
  var isAdvised: Bool { !has(SCYTHE_AREA_HUGETLB | SCYTHE_AREA_PFNMAP | SCYTHE_AREA_LOCKED) }
}
