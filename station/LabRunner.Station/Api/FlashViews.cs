namespace LabRunner.Station.Api;

/// <summary>Look what a slot's chip is and what stands in its flash.</summary>
/// <param name="Flasher">built-in where the slot has a flasher of others; default: the slot's, else its board's.</param>
/// <param name="Baud">Speed of the link, 1200 to 4000000 baud; default: the fastest that works.</param>
/// <param name="Why">For the audit log and whoever wants the slot meanwhile.</param>
public sealed record FlashInfoRequest(string? Flasher = null, int? Baud = null, string? Why = null);

/// <summary>Copy a slot's flash, or a part of it.</summary>
/// <param name="From">First byte, up to 16 MiB. Default 0.</param>
/// <param name="Length">Bytes, up to 16 MiB; default: up to the end of the flash.</param>
/// <param name="Flasher">A flasher of hardware/flashers, or built-in; default: the slot's, else its board's.</param>
/// <param name="Baud">Speed of the link, 1200 to 4000000 baud; default: the fastest that works.</param>
/// <param name="Why">For the audit log and whoever wants the slot meanwhile.</param>
public sealed record FlashReadRequest(long? From = null, long? Length = null, string? Flasher = null, int? Baud = null, string? Why = null);

/// <summary>Erase sectors of a slot's flash, or all of it: from and length, or all.</summary>
/// <param name="From">First byte, on a sector's border.</param>
/// <param name="Length">Bytes, whole sectors.</param>
/// <param name="All">The whole flash. Default false.</param>
/// <param name="Yes">It is meant; without it nothing is touched.</param>
/// <param name="WithFactory">Erase a BL602's partition "factory" (radio calibration of this very plug) too where the stretch holds it. Default false.</param>
/// <param name="Flasher">built-in where the slot has a flasher of others; default: the slot's, else its board's.</param>
/// <param name="Baud">Speed of the link, 1200 to 4000000 baud; default: the fastest that works.</param>
/// <param name="Why">For the audit log and whoever wants the slot meanwhile.</param>
public sealed record FlashEraseRequest(
    long? From = null, long? Length = null, bool All = false, bool Yes = false, bool WithFactory = false, string? Flasher = null, int? Baud = null, string? Why = null);

/// <summary>Fetch the copy of a flash.</summary>
/// <param name="Why">For the audit log.</param>
public sealed record FetchCopyRequest(string? Why = null);
