namespace LabRunner.Bench.Diagnosis;

/// <summary>What the classifier looks at: the observers with what is known of each since the first symptom, and the other evidence.</summary>
internal sealed record Evidence
{
    /// <summary>P T Hs Hl M U B S V: true alive, false dead, null not known or not available.</summary>
    public required IReadOnlyDictionary<string, bool?> Observers { get; init; }

    /// <summary>The slot has a console (then the absence of a dump is evidence too).</summary>
    public bool HasConsole { get; init; } = true;

    /// <summary>A boot that nobody commanded ended the silence.</summary>
    public bool Rebooted { get; init; }

    /// <summary>An exception dump came since the last boot.</summary>
    public bool Dump { get; init; }

    /// <summary>What the dump says; null without one, or where it was cut.</summary>
    public CrashSignature? Crash { get; init; }

    /// <summary>The newest banner was followed by no heartbeat within 20 s.</summary>
    public bool BootSilent { get; init; }

    /// <summary>bWifi of the newest heartbeat since the first symptom; null unknown.</summary>
    public bool? WifiUp { get; init; }

    /// <summary>The access point's own log has it associated; null where there is no such log.</summary>
    public bool? Associated { get; init; }

    /// <summary>It has an IP address, by the DHCP server's log or its own network line; null unknown.</summary>
    public bool? HasAddress { get; init; }

    /// <summary>The newest heartbeat says [SAFE].</summary>
    public bool SafeMode { get; init; }

    /// <summary>Boots that nobody commanded in the last 300 s.</summary>
    public int BootsIn300Seconds { get; init; }

    /// <summary>All steps of the ladder that give power were in vain.</summary>
    public bool PowerCyclesInVain { get; init; }

    /// <summary>BL_RST_… of the boot that ended the silence; null unknown.</summary>
    public string? ResetReason { get; init; }

    /// <summary>The boot came sooner after the last sign of life than the 3 s of the watchdog allow.</summary>
    public bool Abrupt { get; init; }

    /// <summary>What singles out a failure mode within a class.</summary>
    public Circumstances Circumstances { get; init; } = new();

    public bool? this[string key] => Observers.GetValueOrDefault(key);
}

/// <summary>What was going on around the first symptom, as the mode rules ask for it. All of it is observed or was done by the bench.</summary>
internal sealed record Circumstances
{
    /// <summary>An OTA intent was open at the first symptom, or closed less than 120 s before.</summary>
    public bool DuringOta { get; init; }

    /// <summary>The bench cut the supply while an OTA intent was open.</summary>
    public bool CutDuringOta { get; init; }

    /// <summary>Boots before this one, without a gap, that the bench caused by cutting the supply and that lasted less than a minute.</summary>
    public int ShortPowerCuts { get; init; }

    /// <summary>POWERSAVE in the newest heartbeat.</summary>
    public bool PowerSave { get; init; }

    /// <summary>Free heap of the last heartbeat before the first symptom, bytes.</summary>
    public long? HeapBytes { get; init; }

    /// <summary>Sockets of the last heartbeat before the first symptom.</summary>
    public int? Sockets { get; init; }

    /// <summary>Lowest number of sockets seen: what it holds when nobody asks anything.</summary>
    public int? SocketsAtRest { get; init; }

    /// <summary>"thread creation failed" came within 60 s before the first symptom, or since.</summary>
    public bool ThreadsRefused { get; init; }

    /// <summary>A failed allocation was printed within 60 s before the first symptom, or since.</summary>
    public bool AllocationFailed { get; init; }

    /// <summary>A stack overflow was printed within 60 s before the first symptom, or since.</summary>
    public bool StackOverflow { get; init; }

    /// <summary>Not a number was printed within 60 s before the first symptom, or since.</summary>
    public bool NotANumber { get; init; }

    /// <summary>The last log line before the first symptom, numbers as #; null unknown.</summary>
    public string? LastLine { get; init; }

    /// <summary>The polled page contradicts the contact, MQTT does not.</summary>
    public bool OnlyPageLies { get; init; }

    /// <summary>The firmware had been without Wi-Fi or broker for 60 s when it booted.</summary>
    public bool WithoutLink { get; init; }

    /// <summary>The access point itself sent it away, moved channel or changed its key, less than 60 s before the first symptom.</summary>
    public bool SentAway { get; init; }

    /// <summary>The rail was out of its band less than 10 s before the boot.</summary>
    public bool RailDipped { get; init; }
}
