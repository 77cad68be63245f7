/** How a service is spoken to, as whoever fills in the form needs to know it. */
export interface ProtocolWording {
  readonly name: string;
  readonly label: string;
  /** An address as the protocol has it. */
  readonly address: string;
  /** What the name of the model is called there; null where there is none. */
  readonly model: string | null;
  /** An example of its settings; null where it needs none. */
  readonly settings: string | null;
  /** What it signs requests with, by the names that it looks for. */
  readonly secrets?: readonly { readonly name: string; readonly label: string; readonly needed: boolean }[];
  readonly help: string;
}

const pretty = (value: unknown): string => JSON.stringify(value, null, 2);

export const PROTOCOLS: readonly ProtocolWording[] = [
  {
    name: "oip",
    label: "Open Inference Protocol v2 (Triton, KServe, MLServer)",
    address: "https://models.example/v2/models/classifier",
    model: "Name of the model, where the address does not say it",
    settings: null,
    help: "What it takes and gives is found out by itself.",
  },
  {
    name: "oip-grpc",
    label: "Open Inference Protocol v2 over gRPC",
    address: "https://models.example:8001",
    model: "Name of the model",
    settings: null,
    help: "What it takes and gives is found out by itself.",
  },
  {
    name: "tf-serving",
    label: "TensorFlow Serving",
    address: "https://models.example:8501/v1/models/classifier",
    model: "Name of the model, where the address does not say it",
    settings: null,
    help: "The REST interface, with one row per instance.",
  },
  {
    name: "torchserve",
    label: "TorchServe",
    address: "https://models.example:8080/predictions/classifier",
    model: "Name of the model, where the address does not say it",
    settings: pretty({ input: { as: "numbers" } }),
    help: "Its handlers differ: the settings say how an input is shown to it.",
  },
  {
    name: "hf",
    label: "Hugging Face inference",
    address: "https://router.huggingface.co/hf-inference/models/OWNER/NAME",
    model: "Name of the model, where the address does not say it",
    settings: pretty({ task: "text-classification", input: { as: "text", from: "bytes" } }),
    help: "Classification of texts, images or tables. Put the token into a secret header: Authorization: Bearer ….",
  },
  {
    name: "gradio",
    label: "Gradio",
    address: "https://space.example",
    model: "Name of the function",
    settings: pretty({ input: { as: "numbers" } }),
    help: "A demonstration page whose function gives labels.",
  },
  {
    name: "sagemaker",
    label: "SageMaker",
    address: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/NAME/invocations",
    model: null,
    settings: pretty({ region: "eu-west-1" }),
    secrets: [
      { name: "AWS_ACCESS_KEY_ID", label: "Access key ID", needed: true },
      { name: "AWS_SECRET_ACCESS_KEY", label: "Secret access key", needed: true },
      { name: "AWS_SESSION_TOKEN", label: "Session token", needed: false },
    ],
    help: "Requests are signed (SigV4) with the credentials below, which are stored sealed and never sent.",
  },
  {
    name: "openai",
    label: "Chat with a language model (OpenAI-compatible)",
    address: "https://api.example/v1",
    model: "Name of the model",
    settings: pretty({ classes: ["first", "second"], input: { as: "text", from: "bytes" } }),
    help: "It is asked for one of the labels; their probabilities are read where it gives them.",
  },
  {
    name: "json",
    label: "Another service with JSON",
    address: "https://api.example/classify",
    model: null,
    settings: pretty({
      request: { instances: { $rows: "INPUT" } },
      answer: { rows: "/predictions", vector: "/scores" },
    }),
    help: "The settings describe the request, and where in the answer each row stands (JSON pointers).",
  },
];
