using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LabRunner.Bench.Hosting;
using LabRunner.Station.Access;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace LabRunner.Station.Api;

/// <summary>The OpenAPI document: made from the endpoints themselves, with their roles and examples.</summary>
internal static class Document
{
    /// <summary>Extension of an operation with the role it needs: look, use, switch, administer, or none.</summary>
    public const string RoleExtension = "x-role";

    /// <summary>How bodies are written.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Says what no endpoint says.</summary>
    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "LabRunner station", Version = "v1",
                Description = $"A bench over HTTP. Version {RunnerVersion.Text}. Errors are application/problem+json; only what the web server refuses before it knows what is asked gets a bare number: a request line or headers that are no HTTP (400), a request that comes too slowly (408), a request line of more than 8 KiB (414), more than 100 headers or 32 KiB of them (431), and another version of HTTP (505). "
                    + "POST and DELETE take an Idempotency-Key, but for FetchFlashCopy, whose answer is kept nowhere: for a day the same key of the same caller and owner gets the first answer again, also from the next station; one whose request was under way when the station died gets 409, and whether it was done must be looked up. "
                    + "More than 1000 requests at once or 100 a second of one caller get 429 with Retry-After, but over the Unix socket. X-LabRunner-Why (percent-encoded UTF-8) says why, for the audit log. Remote callers send Authorization: Bearer TOKEN (./lab token add NAME).",
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                ["token"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A token of ./lab token add NAME --role ROLE." },
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            IList<object> metadata = context.Description.ActionDescriptor.EndpointMetadata;
            Role? role = metadata.OfType<NeededRole>().FirstOrDefault()?.Role;
            operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
            operation.Extensions[RoleExtension] = new JsonNodeExtension(JsonValue.Create(role?.ToString().ToLowerInvariant() ?? "none"));
            if (role is not null)
            {
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("token", context.Document)] = [] }];
            }

            if (metadata.OfType<Example>().FirstOrDefault()?.Request is { } request)
            {
                Show(operation.RequestBody?.Content, JsonSerializer.SerializeToNode(request, request.GetType(), Json));
            }

            foreach (ApiResponseType answer in context.Description.SupportedResponseTypes.Where(a => a is { StatusCode: >= 200 and < 300, Type: not null }))
            {
                Show(operation.Responses?.GetValueOrDefault(answer.StatusCode.ToString(CultureInfo.InvariantCulture))?.Content, Examples.Of(answer.Type!));
            }

            return Task.CompletedTask;
        });
    }

    private static void Show(IDictionary<string, OpenApiMediaType>? content, JsonNode? example)
    {
        if (example is not null && content?.TryGetValue("application/json", out OpenApiMediaType? media) == true)
        {
            media.Example = example;
        }
    }
}
