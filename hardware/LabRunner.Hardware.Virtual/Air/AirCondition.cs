namespace LabRunner.Hardware.Virtual.Air;

/// <summary>How a name server answers.</summary>
public enum NameServer
{
    /// <summary>An address, within milliseconds.</summary>
    Answers,

    /// <summary>Nothing: the question is dropped.</summary>
    BlackHole,

    /// <summary>"No such name", at once.</summary>
    NoSuchName,

    /// <summary>An address, after five seconds.</summary>
    Slow,
}

/// <summary>Why a station lost its link.</summary>
public enum LinkLoss
{
    /// <summary>No beacons any more.</summary>
    Beacons,

    /// <summary>The access point said so.</summary>
    Deauthenticated,

    /// <summary>The access point moved to another channel.</summary>
    ChannelSwitch,
}
