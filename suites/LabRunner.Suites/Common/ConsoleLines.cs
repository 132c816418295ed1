namespace LabRunner.Suites.Common;

/// <summary>Console lines of OpenBeken that suites wait for, as regular expressions.</summary>
internal static class ConsoleLines
{
    /// <summary>First sign of a boot: the SDK's banner (bfl_main.c), or the first line of the app on a chip whose SDK prints none.</summary>
    public const string Banner = @"^(Starting bl602 now|Booting BL602 Chip)|Main_Init_Before_Delay\s*$";

    /// <summary>The once-a-second line (user_main.c).</summary>
    public const string Heartbeat = @"Info:MAIN:(\[SAFE\] )?Time \d+";

    /// <summary>The once-a-second line that tells a certain uptime.</summary>
    /// <param name="second">Uptime, s.</param>
    public static string HeartbeatAt(int second) => $@"Info:MAIN:(\[SAFE\] )?Time {second},";

    /// <summary>The once-a-second line with MQTT connected.</summary>
    public const string HeartbeatWithMqtt = @"Info:MAIN:(\[SAFE\] )?Time \d+,.* MQTT 1\(";

    /// <summary>The once-a-second line of a station that is on the access point.</summary>
    public const string Joined = @"Info:MAIN:Time \d+,.* bWifi 1\b";

    /// <summary>A boot says that it is in safe mode (user_main.c).</summary>
    public const string SafeMode = @"safe mode activated|Info:MAIN:\[SAFE\] Time";

    /// <summary>The once-a-second line of a boot that is not on the access point although it is 25 s old or more; else it joins within 15 s.</summary>
    public const string NotJoined = @"Info:MAIN:Time (2[5-9]|[3-9]\d|\d{3,}),.* bWifi 0\b";
}
